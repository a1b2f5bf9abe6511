-- The audit as a user of the database of payments: it reads what the audit reads, and nothing else.
-- Run in that database after each migration, by whoever migrates; again is harmless. It brings no
-- password: IAM opens Aurora to it (GRANT rds_iam TO auditor), the embedded stack adds the local one.
DO $$
BEGIN
    IF NOT EXISTS (SELECT FROM pg_roles WHERE rolname = 'auditor') THEN
        CREATE ROLE auditor LOGIN;
    END IF;
    EXECUTE format('GRANT CONNECT ON DATABASE %I TO auditor', current_database());
END
$$;
ALTER ROLE auditor SET default_transaction_read_only = on;
GRANT SELECT ON payments, attempts, refunds, outbox, simulator_charges, simulator_refunds TO auditor;
