"""What Streamlit runs. Its folder comes first on Python's path, so nothing else is in it."""

from ui.explorer.app import main

main()
