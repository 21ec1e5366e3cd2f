-- SPDX-License-Identifier: MIT
-- What has changed since: sf-serve without Redis follows the store by last_updated_at, which rises with every transaction.
BEGIN IMMEDIATE;
CREATE INDEX signals_updated ON signals (last_updated_at);
INSERT INTO schema_version VALUES (2, 'updated', unixepoch() * 1000);
COMMIT;
