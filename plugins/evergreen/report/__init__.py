"""The first look: one HTML file about a release, in English and Chinese, without server or network."""
