-- The two roles (docs/security.md): tandem_owner owns the tables and migrates; tandem_app serves, and row-level
-- security binds it. May be run again. Wants psql variables: owner_password and app_password, or password for both.
\if :{?password}
    \set owner_password :password
    \set app_password :password
\endif
SELECT 'CREATE ROLE tandem_owner' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem_owner') \gexec
SELECT 'CREATE ROLE tandem_app' WHERE NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'tandem_app') \gexec
ALTER ROLE tandem_owner LOGIN NOSUPERUSER NOCREATEROLE NOBYPASSRLS PASSWORD :'owner_password';
ALTER ROLE tandem_app LOGIN NOSUPERUSER NOCREATEROLE NOCREATEDB NOBYPASSRLS PASSWORD :'app_password';
