-- Where whoever did something asked from: an address, or "here".
ALTER TABLE alamor_audit ADD COLUMN origin TEXT;
