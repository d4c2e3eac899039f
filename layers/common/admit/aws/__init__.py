"""The world outside the domain: the only modules that import boto3 or powertools."""
