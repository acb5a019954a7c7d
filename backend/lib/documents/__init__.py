"""Making documents: PDF by Typst, web pages, and the charts and fonts that both share."""
