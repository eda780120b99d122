"""From a post to what goes out: words per platform, cards, safe pictures, and a page to look at."""
