"""The archive's nouns as frozen values; no behaviour beyond comparing and hashing."""
