"""HOW FACTS ARRIVE: boto3 and saved JSON become one and the same snapshot."""
