"""The gateway: SNS messages in, Prefect events out."""
