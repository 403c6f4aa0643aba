"""The documentation: pages in Markdown, and the reference, which is made from the code when the site is built."""
