"""What is learned letter by letter: words in strings and comments, quotes, names by a pattern."""
