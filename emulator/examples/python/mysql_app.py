# npx rds-iam-emulator --backend mysql://root:password@127.0.0.1:3306/app --user app_user -- python3 mysql_app.py
import os

import boto3
import pymysql

host, port, user = os.environ["DB_HOST"], int(os.environ["DB_PORT"]), os.environ["DB_USER"]
token = boto3.client("rds").generate_db_auth_token(host, port, user)

connection = pymysql.connect(
    host=os.environ.get("DB_ADDRESS", host),  # the emulator's address; on RDS, the host itself
    port=port,
    user=user,
    password=token,
    database=os.environ["DB_NAME"],
    ssl={"ca": os.environ["DB_CA_FILE"]},
)
with connection.cursor() as cursor:
    cursor.execute("SELECT CURRENT_USER()")
    print("Logged in as", cursor.fetchone()[0])
