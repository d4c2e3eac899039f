"""What each operation costs: DynamoDB requests and units, CPU time of our own, and the cold imports."""
