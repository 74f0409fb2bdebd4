#!/bin/sh
# The platform's role and its database, made when the volume is new: it owns the one, and is no superuser.
set -eu
psql --quiet --set=ON_ERROR_STOP=1 --set=password="$(cat "${DATABASE_PASSWORD_FILE:-/run/secrets/database_password}")" <<'SQL'
CREATE ROLE traject LOGIN PASSWORD :'password';
CREATE DATABASE traject OWNER traject;
SQL
