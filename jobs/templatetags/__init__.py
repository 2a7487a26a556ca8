"""Tags and filters of the pages' templates, where Django wants them. Imports pages and progress."""
