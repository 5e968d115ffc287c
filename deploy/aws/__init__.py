"""What `deploy.py` creates on AWS and in Prefect."""
