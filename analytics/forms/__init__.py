"""What the pages of Insights and Reports send."""
