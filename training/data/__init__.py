"""Generated conversations: every document is made up from word lists and sentence parts, by a seed."""
