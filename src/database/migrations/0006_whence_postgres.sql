-- Where whoever did something asked from: an address, or "here".
ALTER TABLE alamor.audit ADD COLUMN origin TEXT;
