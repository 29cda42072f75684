CREATE TABLE items (id serial PRIMARY KEY, name text NOT NULL UNIQUE);
INSERT INTO items (name) VALUES ('pear'), ('plum');
