"""The second, narrower projection: to Wikidata, and back again."""
