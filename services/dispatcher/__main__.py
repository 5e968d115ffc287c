"""Announce verdicts until stopped: `python -m services.dispatcher`."""

from services.dispatcher.loop import main

if __name__ == "__main__":
    main()
