"""Which document a page shows, and where its parts are."""
