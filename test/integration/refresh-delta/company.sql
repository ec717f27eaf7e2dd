-- Every way of a table to change, with foreign keys that would cascade if anybody let them.
CREATE TABLE countries (id serial PRIMARY KEY, name text NOT NULL);
CREATE TABLE partners (
  id serial PRIMARY KEY,
  name text NOT NULL,
  code text UNIQUE,
  email text,
  doubled integer GENERATED ALWAYS AS (1 + 1) STORED NOT NULL,
  country_id integer REFERENCES countries ON DELETE CASCADE,
  parent_id integer REFERENCES partners ON DELETE SET NULL
);
CREATE TABLE messages (
  id bigint GENERATED ALWAYS AS IDENTITY PRIMARY KEY,
  author_id integer REFERENCES partners ON DELETE CASCADE,
  body text,
  padding text
);
CREATE TABLE tags (partner_id integer NOT NULL REFERENCES partners ON DELETE CASCADE, tag integer NOT NULL, PRIMARY KEY (partner_id, tag));
CREATE TABLE keyless (note text, amount integer);
CREATE TABLE codes (code varchar(8) PRIMARY KEY, amount integer);
CREATE TABLE parts (id integer NOT NULL, at date NOT NULL, note text, PRIMARY KEY (id, at)) PARTITION BY RANGE (at);
CREATE TABLE parts_old PARTITION OF parts FOR VALUES FROM (MINVALUE) TO ('2020-01-01');
CREATE TABLE parts_new PARTITION OF parts DEFAULT;
CREATE TABLE bare ();
CREATE MATERIALIZED VIEW counts AS SELECT country_id, count(*) AS n FROM partners GROUP BY 1;
CREATE FUNCTION shout() RETURNS trigger LANGUAGE plpgsql AS 'BEGIN NEW.name := ''changed by a trigger''; RETURN NEW; END';
CREATE TRIGGER partners_shout BEFORE INSERT OR UPDATE ON partners FOR EACH ROW WHEN (NEW.email = 'never') EXECUTE FUNCTION shout();
CREATE RULE countries_stay AS ON DELETE TO countries WHERE OLD.name = 'never' DO INSTEAD NOTHING;

INSERT INTO countries (name) SELECT 'Country ' || i FROM generate_series(1, 20) i;
INSERT INTO partners (name, code, email, country_id, parent_id)
  SELECT 'Secret ' || i, 'c' || i, 'secret' || i || '@real-company.com', 1 + i % 20, nullif(i / 10, 0) FROM generate_series(1, 2000) i;
INSERT INTO messages (author_id, body, padding) SELECT 1 + i % 2000, 'Secret ' || i, repeat('x', 200) FROM generate_series(1, 5000) i;
INSERT INTO tags SELECT p, t FROM generate_series(1, 2000) p, generate_series(1, 3) t;
INSERT INTO keyless SELECT 'Secret ' || i, i FROM generate_series(1, 50) i;
INSERT INTO codes SELECT 'k' || i, i FROM generate_series(1, 50) i;
INSERT INTO parts SELECT i, date '2019-06-01' + i, 'Secret ' || i FROM generate_series(1, 400) i;
INSERT INTO bare DEFAULT VALUES;
REFRESH MATERIALIZED VIEW counts;
