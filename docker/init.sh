#!/bin/sh
# Run once by the PostgreSQL container, when its volume is empty: the two roles and the owner's database.
set -eu
psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres \
  -v owner_password="$TANDEM_OWNER_PASSWORD" -v app_password="$TANDEM_APP_PASSWORD" -f /tandem/roles.sql
psql -X -v ON_ERROR_STOP=1 -U "$POSTGRES_USER" -d postgres <<'SQL'
CREATE DATABASE tandem OWNER tandem_owner;
REVOKE ALL ON DATABASE tandem FROM PUBLIC;
GRANT CONNECT ON DATABASE tandem TO tandem_app;
SQL
