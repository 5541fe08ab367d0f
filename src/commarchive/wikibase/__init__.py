"""Everything that speaks to a wiki, and the formats a wiki speaks; see the modules for who may import which."""
