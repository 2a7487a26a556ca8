"""What words mean, in English and Korean: TOML vocabularies, and the readers that find them in a text."""
