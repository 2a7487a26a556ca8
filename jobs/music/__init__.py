"""The composer: words → Brief → plan → Score → samples → mastered file. Imports no Django."""
