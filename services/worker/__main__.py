"""Run a warm worker until it is stopped: `python -m services.worker --pool NAME`."""

from services.worker.program import main

if __name__ == "__main__":
    main()
