"""A run, shown: on the console, as Markdown, as JSON, as one self-contained HTML page."""
