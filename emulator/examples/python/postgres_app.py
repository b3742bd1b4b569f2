# npx rds-iam-emulator --backend postgres://postgres:password@127.0.0.1:5432/app --user app_user -- python3 postgres_app.py
import os

import boto3
import psycopg2

host, port, user = os.environ["DB_HOST"], int(os.environ["DB_PORT"]), os.environ["DB_USER"]
token = boto3.client("rds").generate_db_auth_token(host, port, user)

connection = psycopg2.connect(
    host=host,
    hostaddr=os.environ.get("DB_ADDRESS"),  # the emulator's address; on RDS, none
    port=port,
    user=user,
    password=token,
    dbname=os.environ["DB_NAME"],
    sslmode="verify-full",
    sslrootcert=os.environ["DB_CA_FILE"],
)
with connection.cursor() as cursor:
    cursor.execute("SELECT current_user")
    print("Logged in as", cursor.fetchone()[0])
