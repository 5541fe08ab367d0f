"""What the Local Contexts Hub says of an archive's projects: asked, checked, remembered.

Read in this order: `project` (an answer as frozen values), `hub` (asking), `cache` (what is remembered, whatever the
Hub says next). The words themselves are in `model.local_contexts`.

Nothing in here opens anything. What the Hub says can add to what the linter reports; what it stops saying, or fails to
say, takes nothing away.
"""
