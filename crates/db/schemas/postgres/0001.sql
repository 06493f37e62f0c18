
SET statement_timeout = 0;
SET lock_timeout = 0;
SET idle_in_transaction_session_timeout = 0;
SET client_encoding = 'UTF8';
SET standard_conforming_strings = on;
SELECT pg_catalog.set_config('search_path', '', false);
SET check_function_bodies = false;
SET xmloption = content;
SET client_min_messages = warning;
SET row_security = off;

SET default_tablespace = '';

SET default_table_access_method = heap;

CREATE TABLE public._sqlx_migrations (
    version bigint NOT NULL,
    description text NOT NULL,
    installed_on timestamp with time zone DEFAULT now() NOT NULL,
    success boolean NOT NULL,
    checksum bytea NOT NULL,
    execution_time bigint NOT NULL
);

CREATE TABLE public.alarms (
    id bytea NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    camera bytea,
    severity text NOT NULL COLLATE pg_catalog."C",
    words text NOT NULL COLLATE pg_catalog."C",
    raised_90k bigint NOT NULL,
    acknowledged_by text COLLATE pg_catalog."C",
    acknowledged_90k bigint,
    cleared_90k bigint,
    CONSTRAINT alarms_camera_check CHECK ((length(camera) = 16)),
    CONSTRAINT alarms_check CHECK (((acknowledged_by IS NULL) = (acknowledged_90k IS NULL))),
    CONSTRAINT alarms_id_check CHECK ((length(id) = 16)),
    CONSTRAINT alarms_severity_check CHECK ((severity = ANY (ARRAY['amber'::text, 'red'::text])))
);

CREATE TABLE public.cameras (
    id bytea NOT NULL,
    name text NOT NULL COLLATE pg_catalog."C",
    address text NOT NULL COLLATE pg_catalog."C",
    onvif_port bigint NOT NULL,
    credentials bytea NOT NULL,
    outcome text NOT NULL COLLATE pg_catalog."C",
    judgement text NOT NULL COLLATE pg_catalog."C",
    judged_90k bigint NOT NULL,
    manufacturer text NOT NULL COLLATE pg_catalog."C",
    model text NOT NULL COLLATE pg_catalog."C",
    firmware text NOT NULL COLLATE pg_catalog."C",
    clock_offset_90k bigint NOT NULL,
    purpose bytea,
    added_90k bigint NOT NULL,
    removed_90k bigint,
    CONSTRAINT cameras_id_check CHECK ((length(id) = 16)),
    CONSTRAINT cameras_onvif_port_check CHECK (((onvif_port >= 0) AND (onvif_port <= 65535)))
);

CREATE TABLE public.certificates (
    segment bytea NOT NULL,
    camera bytea NOT NULL,
    stream bytea NOT NULL,
    start_90k bigint NOT NULL,
    end_90k bigint NOT NULL,
    len_bytes bigint NOT NULL,
    rule text NOT NULL COLLATE pg_catalog."C",
    step bigint NOT NULL,
    due_90k bigint NOT NULL,
    intended_90k bigint NOT NULL,
    unreadable_90k bigint,
    unlinked_90k bigint,
    backups_until_90k bigint,
    entry bigint,
    failing text COLLATE pg_catalog."C",
    CONSTRAINT certificates_camera_check CHECK ((length(camera) = 16)),
    CONSTRAINT certificates_check CHECK ((((end_90k - start_90k) >= 0) AND ((end_90k - start_90k) <= 324000000))),
    CONSTRAINT certificates_segment_check CHECK ((length(segment) = 16)),
    CONSTRAINT certificates_step_check CHECK (((step >= 0) AND (step <= 3))),
    CONSTRAINT certificates_stream_check CHECK ((length(stream) = 16))
);

CREATE TABLE public.gaps (
    stream bytea NOT NULL,
    start_90k bigint NOT NULL,
    end_90k bigint,
    camera bytea NOT NULL,
    cause text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT gaps_camera_check CHECK ((length(camera) = 16)),
    CONSTRAINT gaps_stream_check CHECK ((length(stream) = 16))
);

CREATE TABLE public.people (
    id bytea NOT NULL,
    sign_in_name text NOT NULL COLLATE pg_catalog."C",
    sign_in_fold text NOT NULL COLLATE pg_catalog."C",
    full_name text NOT NULL COLLATE pg_catalog."C",
    roles text NOT NULL COLLATE pg_catalog."C",
    password_hash text NOT NULL COLLATE pg_catalog."C",
    created_90k bigint NOT NULL,
    disabled_90k bigint,
    CONSTRAINT people_id_check CHECK ((length(id) = 16))
);

CREATE TABLE public.purposes (
    id bytea NOT NULL,
    sentence text NOT NULL COLLATE pg_catalog."C",
    owner text NOT NULL COLLATE pg_catalog."C",
    keep_90k bigint NOT NULL,
    policy bytea NOT NULL,
    written_90k bigint NOT NULL,
    written_by text NOT NULL COLLATE pg_catalog."C",
    CONSTRAINT purposes_id_check CHECK ((length(id) = 16)),
    CONSTRAINT purposes_keep_90k_check CHECK ((keep_90k > 0)),
    CONSTRAINT purposes_policy_check CHECK ((length(policy) = 16))
);

CREATE TABLE public.segments (
    id bytea NOT NULL,
    stream bytea NOT NULL,
    camera bytea NOT NULL,
    run bytea NOT NULL,
    purpose bytea NOT NULL,
    storage bigint NOT NULL,
    start_90k bigint NOT NULL,
    end_90k bigint NOT NULL,
    keep_until_90k bigint NOT NULL,
    len_bytes bigint NOT NULL,
    samples bigint NOT NULL,
    state bigint NOT NULL,
    sealed_digest bytea,
    content_commitment bytea,
    logged bigint NOT NULL,
    CONSTRAINT segments_camera_check CHECK ((length(camera) = 16)),
    CONSTRAINT segments_check CHECK ((((end_90k - start_90k) >= 0) AND ((end_90k - start_90k) <= 324000000))),
    CONSTRAINT segments_content_commitment_check CHECK ((length(content_commitment) = 32)),
    CONSTRAINT segments_id_check CHECK ((length(id) = 16)),
    CONSTRAINT segments_len_bytes_check CHECK ((len_bytes >= 0)),
    CONSTRAINT segments_logged_check CHECK ((logged = ANY (ARRAY[(0)::bigint, (1)::bigint]))),
    CONSTRAINT segments_purpose_check CHECK ((length(purpose) = 16)),
    CONSTRAINT segments_run_check CHECK ((length(run) = 16)),
    CONSTRAINT segments_samples_check CHECK ((samples >= 0)),
    CONSTRAINT segments_sealed_digest_check CHECK ((length(sealed_digest) = 32)),
    CONSTRAINT segments_state_check CHECK (((state >= 0) AND (state <= 3))),
    CONSTRAINT segments_stream_check CHECK ((length(stream) = 16))
);

CREATE TABLE public.sessions (
    id bytea NOT NULL,
    token_hash bytea NOT NULL,
    person bytea NOT NULL,
    address text NOT NULL COLLATE pg_catalog."C",
    created_90k bigint NOT NULL,
    last_used_90k bigint NOT NULL,
    expires_90k bigint NOT NULL,
    CONSTRAINT sessions_id_check CHECK ((length(id) = 16)),
    CONSTRAINT sessions_token_hash_check CHECK ((length(token_hash) = 32))
);

CREATE TABLE public.settings (
    name text NOT NULL COLLATE pg_catalog."C",
    value text NOT NULL COLLATE pg_catalog."C"
);

CREATE TABLE public.streams (
    id bytea NOT NULL,
    camera bytea NOT NULL,
    kind text NOT NULL COLLATE pg_catalog."C",
    uri text NOT NULL COLLATE pg_catalog."C",
    encoding text NOT NULL COLLATE pg_catalog."C",
    width bigint NOT NULL,
    height bigint NOT NULL,
    rate bigint NOT NULL,
    offered bigint NOT NULL,
    CONSTRAINT streams_id_check CHECK ((length(id) = 16)),
    CONSTRAINT streams_kind_check CHECK ((kind = ANY (ARRAY['main'::text, 'sub'::text]))),
    CONSTRAINT streams_offered_check CHECK ((offered = ANY (ARRAY[(0)::bigint, (1)::bigint])))
);

INSERT INTO public._sqlx_migrations VALUES (1, 'first', '2026-11-25 00:00:00+00', true, '\xf48cfa36b223815630eb5c0c779dc89199b9fff1b5467dd58d4437b9ffa5608799dfd61b6c93798190892cec3b478c23', 0);

INSERT INTO public.alarms VALUES ('\x32323232323232323232323232323232', 'camera_lost', '\x07070707070707070707070707070707', 'amber', 'Hall does not answer', 159050304000000, 'Ann', 159050309400000, NULL);
INSERT INTO public.alarms VALUES ('\x33333333333333333333333333333333', 'disk_low', NULL, 'red', 'The disk is full', 159050304000000, NULL, NULL, 159050309400000);

INSERT INTO public.cameras VALUES ('\x07070707070707070707070707070707', 'Hall', '192.0.2.1', 80, '\x00ff10', 'accepted', '{"verdict":"accepted"}', 159050304000000, 'Maker', 'M1', '1.0', -900, '\x05050505050505050505050505050505', 159050304000000, NULL);
INSERT INTO public.cameras VALUES ('\x08080808080808080808080808080808', 'Yard', '192.0.2.2', 8080, '\x', 'accepted', '{}', 159050304000000, '', '', '', 0, NULL, 159050304000000, 159058080000000);

INSERT INTO public.certificates VALUES ('\x14141414141414141414141414141414', '\x07070707070707070707070707070707', '\x09090909090909090909090909090909', 159050304000000, 159050309400000, 30000000, '3 days, purpose: Theft at the entrance', 3, 159073632000000, 159073632000900, 159073632001000, 159073632001100, NULL, 17, NULL);
INSERT INTO public.certificates VALUES ('\x15151515151515151515151515151515', '\x07070707070707070707070707070707', '\x09090909090909090909090909090909', 159050309400000, 159050314800000, 30000001, '3 days, purpose: Theft at the entrance', 1, 159073637400000, 159073637400900, 159073637401000, NULL, NULL, NULL, 'read-only file system');

INSERT INTO public.gaps VALUES ('\x09090909090909090909090909090909', 159050298600000, 159050304000000, '\x07070707070707070707070707070707', 'camera_lost');
INSERT INTO public.gaps VALUES ('\x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', 159050304000000, NULL, '\x07070707070707070707070707070707', 'recorder_stopped');

INSERT INTO public.people VALUES ('\x01010101010101010101010101010101', 'Ann', 'ann', 'Ann Example', 'administrator dpo', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 159050304000000, NULL);
INSERT INTO public.people VALUES ('\x02020202020202020202020202020202', 'Ödön', 'ödön', 'Ödön Példa', 'operator', '$argon2id$v=19$m=19456,t=2,p=1$c2FsdA$aGFzaA', 159050309400000, 159050314800000);

INSERT INTO public.purposes VALUES ('\x05050505050505050505050505050505', 'Theft at the entrance', 'Head of facilities', 23328000000, '\x06060606060606060606060606060606', 159050304000000, 'Ann');

INSERT INTO public.segments VALUES ('\x14141414141414141414141414141414', '\x09090909090909090909090909090909', '\x07070707070707070707070707070707', '\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '\x05050505050505050505050505050505', 0, 159050304000000, 159050309400000, 159073632000000, 30000000, 1500, 3, '\x1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e1e', '\x2828282828282828282828282828282828282828282828282828282828282828', 1);
INSERT INTO public.segments VALUES ('\x15151515151515151515151515151515', '\x09090909090909090909090909090909', '\x07070707070707070707070707070707', '\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '\x05050505050505050505050505050505', 0, 159050309400000, 159050314800000, 159073637400000, 30000001, 1500, 2, '\x1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f1f', '\x2929292929292929292929292929292929292929292929292929292929292929', 1);
INSERT INTO public.segments VALUES ('\x16161616161616161616161616161616', '\x09090909090909090909090909090909', '\x07070707070707070707070707070707', '\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '\x05050505050505050505050505050505', 0, 159050314800000, 159050320200000, 159073642800000, 30000002, 1500, 1, '\x2020202020202020202020202020202020202020202020202020202020202020', '\x2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a2a', 1);
INSERT INTO public.segments VALUES ('\x17171717171717171717171717171717', '\x09090909090909090909090909090909', '\x07070707070707070707070707070707', '\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '\x05050505050505050505050505050505', 0, 159050320200000, 159050325600000, 159073648200000, 30000003, 1500, 1, '\x2121212121212121212121212121212121212121212121212121212121212121', '\x2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b2b', 0);
INSERT INTO public.segments VALUES ('\x18181818181818181818181818181818', '\x09090909090909090909090909090909', '\x07070707070707070707070707070707', '\x0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b0b', '\x05050505050505050505050505050505', 0, 159050325600000, 159050331000000, 159073653600000, 30000004, 1500, 0, NULL, NULL, 0);

INSERT INTO public.sessions VALUES ('\x03030303030303030303030303030303', '\x0404040404040404040404040404040404040404040404040404040404040404', '\x01010101010101010101010101010101', '192.0.2.9', 159050304000000, 159050309400000, 159058080000000);

INSERT INTO public.settings VALUES ('site_name', 'Town hall');

INSERT INTO public.streams VALUES ('\x09090909090909090909090909090909', '\x07070707070707070707070707070707', 'main', 'rtsp://192.0.2.1/1', 'H264', 1920, 1080, 25, 1);
INSERT INTO public.streams VALUES ('\x0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a0a', '\x07070707070707070707070707070707', 'sub', 'rtsp://192.0.2.1/2', 'H264', 640, 360, 12, 0);

ALTER TABLE ONLY public._sqlx_migrations
    ADD CONSTRAINT _sqlx_migrations_pkey PRIMARY KEY (version);

ALTER TABLE ONLY public.alarms
    ADD CONSTRAINT alarms_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.cameras
    ADD CONSTRAINT cameras_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.certificates
    ADD CONSTRAINT certificates_pkey PRIMARY KEY (segment);

ALTER TABLE ONLY public.gaps
    ADD CONSTRAINT gaps_pkey PRIMARY KEY (stream, start_90k);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.people
    ADD CONSTRAINT people_sign_in_fold_key UNIQUE (sign_in_fold);

ALTER TABLE ONLY public.purposes
    ADD CONSTRAINT purposes_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.segments
    ADD CONSTRAINT segments_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_pkey PRIMARY KEY (id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_token_hash_key UNIQUE (token_hash);

ALTER TABLE ONLY public.settings
    ADD CONSTRAINT settings_pkey PRIMARY KEY (name);

ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_camera_kind_key UNIQUE (camera, kind);

ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_pkey PRIMARY KEY (id);

CREATE INDEX alarms_by_time ON public.alarms USING btree (raised_90k);

CREATE UNIQUE INDEX alarms_standing ON public.alarms USING btree (kind, COALESCE(camera, '\x'::bytea)) WHERE (cleared_90k IS NULL);

CREATE UNIQUE INDEX cameras_by_address ON public.cameras USING btree (address, onvif_port) WHERE (removed_90k IS NULL);

CREATE UNIQUE INDEX cameras_by_name ON public.cameras USING btree (name) WHERE (removed_90k IS NULL);

CREATE INDEX certificates_by_intent ON public.certificates USING btree (intended_90k);

CREATE INDEX certificates_by_start ON public.certificates USING btree (stream, start_90k);

CREATE INDEX certificates_unfinished ON public.certificates USING btree (intended_90k) WHERE (step < 3);

CREATE INDEX gaps_open ON public.gaps USING btree (stream, start_90k) WHERE (end_90k IS NULL);

CREATE INDEX segments_by_end_of_life ON public.segments USING btree (keep_until_90k) WHERE (state = 1);

CREATE INDEX segments_by_start ON public.segments USING btree (stream, start_90k) WHERE (state < 3);

CREATE INDEX segments_deleting ON public.segments USING btree (start_90k) WHERE (state = 2);

CREATE INDEX segments_open ON public.segments USING btree (start_90k) WHERE (state = 0);

CREATE INDEX segments_unlogged ON public.segments USING btree (start_90k) WHERE ((state = 1) AND (logged = 0));

CREATE INDEX sessions_by_expiry ON public.sessions USING btree (expires_90k);

CREATE INDEX sessions_by_person ON public.sessions USING btree (person);

ALTER TABLE ONLY public.cameras
    ADD CONSTRAINT cameras_purpose_fkey FOREIGN KEY (purpose) REFERENCES public.purposes(id);

ALTER TABLE ONLY public.sessions
    ADD CONSTRAINT sessions_person_fkey FOREIGN KEY (person) REFERENCES public.people(id) ON DELETE CASCADE;

ALTER TABLE ONLY public.streams
    ADD CONSTRAINT streams_camera_fkey FOREIGN KEY (camera) REFERENCES public.cameras(id);

