-- The least that the refresh takes for a production database of Odoo, and one table that takes a while to copy.
CREATE TABLE ir_module_module (id serial PRIMARY KEY, name varchar NOT NULL, state varchar, latest_version varchar);
CREATE TABLE ir_model (id serial PRIMARY KEY, model varchar NOT NULL, name jsonb, state varchar, transient boolean);
CREATE TABLE ir_model_fields (
  id serial PRIMARY KEY, model varchar NOT NULL, name varchar NOT NULL, ttype varchar NOT NULL, field_description jsonb, relation_table varchar,
  state varchar, translate varchar, store boolean, company_dependent boolean
);
CREATE TABLE ir_model_relation (id serial PRIMARY KEY, name varchar NOT NULL);
CREATE TABLE ir_model_data (id serial PRIMARY KEY, module varchar NOT NULL, name varchar NOT NULL, model varchar NOT NULL, res_id integer);
CREATE TABLE ir_config_parameter (id serial PRIMARY KEY, key varchar NOT NULL UNIQUE, value text NOT NULL);
CREATE TABLE ir_cron (id serial PRIMARY KEY, active boolean);
CREATE TABLE res_partner (id serial PRIMARY KEY, name varchar, email varchar, comment text);
CREATE TABLE res_company (id serial PRIMARY KEY, name varchar NOT NULL, partner_id integer NOT NULL REFERENCES res_partner);
CREATE TABLE res_users (
  id serial PRIMARY KEY, login varchar NOT NULL UNIQUE, password varchar, partner_id integer NOT NULL REFERENCES res_partner, active boolean, share boolean
);
CREATE TABLE ir_attachment (
  id serial PRIMARY KEY, name varchar NOT NULL, res_model varchar, res_field varchar, res_id integer, type varchar NOT NULL, url varchar, public boolean,
  mimetype varchar, checksum varchar, store_fname varchar, db_datas bytea, file_size integer
);
-- Their names tell the planner nothing of how they are read: last, and first, of the rows that are copied.
CREATE TABLE library_loan (id serial PRIMARY KEY, partner_id integer REFERENCES res_partner, remark text);
CREATE TABLE library_note (id serial PRIMARY KEY, note text);

INSERT INTO ir_module_module (name, state, latest_version) VALUES ('base', 'installed', '19.0.1.3');
INSERT INTO res_partner (name, email, comment) VALUES ('Own Company', 'info@example.com', NULL), ('OdooBot', NULL, NULL), ('Geheim Person', 'geheim@firm.test', 'Geheim');
INSERT INTO res_company (name, partner_id) VALUES ('Own Company', 1);
INSERT INTO res_users (login, password, partner_id, active, share) VALUES ('__system__', NULL, 2, false, false), ('geheim@firm.test', 'Geheim', 3, true, false);
INSERT INTO ir_model_data (module, name, model, res_id) VALUES
  ('base', 'user_root', 'res.users', 1), ('base', 'user_admin', 'res.users', 2), ('base', 'autovacuum_job', 'ir.cron', 1), ('base', 'logo', 'ir.attachment', 1);
INSERT INTO ir_cron (active) VALUES (true), (true);
INSERT INTO ir_config_parameter (key, value) VALUES ('database.uuid', 'uuid-of-production'), ('database.secret', 'Geheim');
INSERT INTO ir_attachment (name, type, public, mimetype, store_fname) VALUES
  ('logo', 'binary', true, 'image/png', '0a/0a4d55a8d778e5022fab701977c5d840bbc486d0'), ('Geheim.pdf', 'binary', false, 'application/pdf', '0b/0b4d55a8d778e5022fab701977c5d840bbc486d0');
INSERT INTO library_loan (partner_id, remark) SELECT 3, 'Geheim ' || i || repeat(' read', 20) FROM generate_series(1, 20000) i;
INSERT INTO library_note (note) SELECT 'Geheim ' || i FROM generate_series(1, 1000) i;
INSERT INTO ir_model (model, name, state, transient)
  SELECT CASE WHEN relname = 'ir_model_data' THEN 'ir.model.data' ELSE replace(relname, '_', '.') END, jsonb_build_object('en_US', relname), 'base', false
    FROM pg_class WHERE relkind = 'r' AND relnamespace = 'public'::regnamespace;
INSERT INTO ir_model_fields (model, name, ttype, field_description, state, store)
  SELECT replace(c.relname, '_', '.'), a.attname, CASE WHEN a.attname IN ('state', 'type', 'ttype', 'translate') THEN 'selection' ELSE 'char' END,
    jsonb_build_object('en_US', a.attname), 'base', true
    FROM pg_class c JOIN pg_attribute a ON a.attrelid = c.oid
   WHERE c.relkind = 'r' AND c.relnamespace = 'public'::regnamespace AND a.attnum > 0 AND a.atttypid IN ('varchar'::regtype, 'text'::regtype);
