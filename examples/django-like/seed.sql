-- What a developer begins with: the first migration's table, and some goods.
CREATE TABLE migrations (name text PRIMARY KEY, applied timestamptz NOT NULL DEFAULT now());
CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO migrations (name) VALUES ('0001_items');
INSERT INTO items (name) VALUES ('apple'), ('quince');
