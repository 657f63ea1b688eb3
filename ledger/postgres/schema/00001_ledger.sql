-- The tables of docs/ledger.md. A step, once released, is never changed.
-- +goose Up
CREATE TABLE entries (
	seq      bigint           PRIMARY KEY CHECK (seq > 0),
	at       bigint           NOT NULL,
	actor    text COLLATE "C" NOT NULL,
	batch    text COLLATE "C" NOT NULL,
	kind     text COLLATE "C" NOT NULL,
	id       text COLLATE "C" NOT NULL,
	replaces bigint           NOT NULL,
	salt     bytea            NOT NULL,
	sums     bytea            NOT NULL,
	hashes   bytea            NOT NULL,
	bytes    bytea            CHECK (bytes <> '')
);
CREATE INDEX entries_by_key ON entries (id, kind, seq);
CREATE INDEX entries_by_batch ON entries (batch, seq);
CREATE TABLE checkpoints (
	size bigint PRIMARY KEY,
	note bytea  NOT NULL,
	sum  bigint NOT NULL
);
CREATE TABLE desk (
	drawer   text COLLATE "C" NOT NULL,
	key      bytea            NOT NULL,
	revision bigint           NOT NULL,
	body     bytea            NOT NULL,
	PRIMARY KEY (drawer, key)
);
