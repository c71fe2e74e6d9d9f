--
-- PostgreSQL database dump
--

\restrict KEY

-- Dumped from database version 16.14
-- Dumped by pg_dump version 16.14

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

--
-- Name: rich; Type: DATABASE; Schema: -; Owner: postgres
--

CREATE DATABASE rich WITH TEMPLATE = template0 ENCODING = 'UTF8' LOCALE_PROVIDER = libc LOCALE = 'C.UTF-8';


ALTER DATABASE rich OWNER TO postgres;

\unrestrict KEY
\connect rich
\restrict KEY

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

--
-- Name: DATABASE rich; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON DATABASE rich IS 'db c';


--
-- Name: rich; Type: DATABASE PROPERTIES; Schema: -; Owner: postgres
--

ALTER DATABASE rich CONNECTION LIMIT = 5;
ALTER DATABASE rich SET work_mem TO '8MB';
ALTER ROLE app IN DATABASE rich SET search_path TO 'a, b';


\unrestrict KEY
\connect rich
\restrict KEY

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

--
-- Name: Odd Name; Type: SCHEMA; Schema: -; Owner: postgres
--

CREATE SCHEMA "Odd Name";


ALTER SCHEMA "Odd Name" OWNER TO postgres;

--
-- Name: SCHEMA "Odd Name"; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON SCHEMA "Odd Name" IS 'it''s odd';


--
-- Name: mood; Type: TYPE; Schema: public; Owner: postgres
--

CREATE TYPE public.mood AS ENUM (
    'sad',
    'ok'
);


ALTER TYPE public.mood OWNER TO postgres;

--
-- Name: f2(integer); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.f2(a integer DEFAULT 3, OUT b integer, OUT c text) RETURNS record
    LANGUAGE sql IMMUTABLE STRICT SECURITY DEFINER COST 5
    AS $$select 1,'x'::text$$;


ALTER FUNCTION public.f2(a integer, OUT b integer, OUT c text) OWNER TO postgres;

--
-- Name: p1(integer, text); Type: PROCEDURE; Schema: public; Owner: postgres
--

CREATE PROCEDURE public.p1(IN a integer, IN b text)
    LANGUAGE sql
    AS $$select 1$$;


ALTER PROCEDURE public.p1(IN a integer, IN b text) OWNER TO postgres;

--
-- Name: PROCEDURE p1(IN a integer, IN b text); Type: COMMENT; Schema: public; Owner: postgres
--

COMMENT ON PROCEDURE public.p1(IN a integer, IN b text) IS 'proc';


--
-- Name: trg(); Type: FUNCTION; Schema: public; Owner: postgres
--

CREATE FUNCTION public.trg() RETURNS trigger
    LANGUAGE plpgsql
    AS $$begin return new; end$$;


ALTER FUNCTION public.trg() OWNER TO postgres;

SET default_tablespace = '';

SET default_table_access_method = heap;

--
-- Name: u; Type: TABLE; Schema: Odd Name; Owner: postgres
--

CREATE UNLOGGED TABLE "Odd Name".u (
    x integer,
    y integer,
    CONSTRAINT u_x_check CHECK ((x > 0)),
    CONSTRAINT yy CHECK ((y <> x))
)
WITH (fillfactor='70');


ALTER TABLE "Odd Name".u OWNER TO postgres;

--
-- Name: t1; Type: TABLE; Schema: public; Owner: app
--

CREATE TABLE public.t1 (
    id bigint NOT NULL,
    m public.mood DEFAULT 'ok'::public.mood,
    n integer GENERATED ALWAYS AS ((1 + 2)) STORED,
    "select" text DEFAULT 'x''y'::text NOT NULL,
    b boolean,
    ts timestamp with time zone
);


ALTER TABLE public.t1 OWNER TO app;

--
-- Name: TABLE t1; Type: COMMENT; Schema: public; Owner: app
--

COMMENT ON TABLE public.t1 IS 'a table';


--
-- Name: COLUMN t1.b; Type: COMMENT; Schema: public; Owner: app
--

COMMENT ON COLUMN public.t1.b IS 'bool';


--
-- Name: mv; Type: MATERIALIZED VIEW; Schema: public; Owner: postgres
--

CREATE MATERIALIZED VIEW public.mv AS
 SELECT id,
    b
   FROM public.t1
  WITH NO DATA;


ALTER MATERIALIZED VIEW public.mv OWNER TO postgres;

--
-- Name: v2; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.v2 AS
 SELECT id,
    b
   FROM public.mv;


ALTER VIEW public.v2 OWNER TO postgres;

--
-- Name: a_view; Type: VIEW; Schema: public; Owner: postgres
--

CREATE VIEW public.a_view AS
 SELECT id,
    b
   FROM public.v2;


ALTER VIEW public.a_view OWNER TO postgres;

--
-- Name: ch; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.ch (
    a integer,
    c character varying(10) COLLATE pg_catalog."C",
    d integer[],
    e uuid,
    f jsonb
);


ALTER TABLE public.ch OWNER TO postgres;

--
-- Name: s2; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.s2
    START WITH -1
    INCREMENT BY -1
    MINVALUE -100
    NO MAXVALUE
    CACHE 5
    CYCLE;


ALTER SEQUENCE public.s2 OWNER TO postgres;

--
-- Name: s2; Type: SEQUENCE OWNED BY; Schema: public; Owner: postgres
--

ALTER SEQUENCE public.s2 OWNED BY public.ch.d;


--
-- Name: s3; Type: SEQUENCE; Schema: public; Owner: postgres
--

CREATE SEQUENCE public.s3
    AS smallint
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1;


ALTER SEQUENCE public.s3 OWNER TO postgres;

--
-- Name: t1_id_seq; Type: SEQUENCE; Schema: public; Owner: app
--

ALTER TABLE public.t1 ALTER COLUMN id ADD GENERATED ALWAYS AS IDENTITY (
    SEQUENCE NAME public.t1_id_seq
    START WITH 1
    INCREMENT BY 1
    NO MINVALUE
    NO MAXVALUE
    CACHE 1
);


--
-- Name: uses_seq; Type: TABLE; Schema: public; Owner: postgres
--

CREATE TABLE public.uses_seq (
    a integer DEFAULT nextval('public.s3'::regclass) NOT NULL
);


ALTER TABLE public.uses_seq OWNER TO postgres;

--
-- Name: 6000; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('6000');


ALTER LARGE OBJECT 6000 OWNER TO postgres;

--
-- Name: LARGE OBJECT 6000; Type: COMMENT; Schema: -; Owner: postgres
--

COMMENT ON LARGE OBJECT 6000 IS 'lo';


--
-- Name: 6001; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('6001');


ALTER LARGE OBJECT 6001 OWNER TO postgres;

--
-- Name: 6002; Type: BLOB; Schema: -; Owner: postgres
--

SELECT pg_catalog.lo_create('6002');


ALTER LARGE OBJECT 6002 OWNER TO postgres;

--
-- Data for Name: u; Type: TABLE DATA; Schema: Odd Name; Owner: postgres
--

COPY "Odd Name".u (x, y) FROM stdin;
\.


--
-- Data for Name: ch; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.ch (a, c, d, e, f) FROM stdin;
\N	q	{1,2}	\N	{"a": 1}
\.


--
-- Data for Name: t1; Type: TABLE DATA; Schema: public; Owner: app
--

COPY public.t1 (id, m, "select", b, ts) FROM stdin;
1	sad	a\\b	t	\N
2	ok	tab\tnl\n	f	\N
\.


--
-- Data for Name: uses_seq; Type: TABLE DATA; Schema: public; Owner: postgres
--

COPY public.uses_seq (a) FROM stdin;
\.


--
-- Name: s2; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.s2', -1, false);


--
-- Name: s3; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.s3', 1, false);


--
-- Name: t1_id_seq; Type: SEQUENCE SET; Schema: public; Owner: app
--

SELECT pg_catalog.setval('public.t1_id_seq', 2, true);


--
-- Data for Name: BLOBS; Type: BLOBS; Schema: -; Owner: -
--

BEGIN;

SELECT pg_catalog.lo_open('6000', 131072);
SELECT pg_catalog.lowrite(0, '\x00ff');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('6001', 131072);
SELECT pg_catalog.lowrite(0, '\x62');
SELECT pg_catalog.lo_close(0);

SELECT pg_catalog.lo_open('6002', 131072);
SELECT pg_catalog.lo_close(0);

COMMIT;

--
-- Name: u u_x_y_key; Type: CONSTRAINT; Schema: Odd Name; Owner: postgres
--

ALTER TABLE ONLY "Odd Name".u
    ADD CONSTRAINT u_x_y_key UNIQUE (x, y);


--
-- Name: uses_seq late; Type: CHECK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE public.uses_seq
    ADD CONSTRAINT late CHECK ((a > 0)) NOT VALID;


--
-- Name: t1 t1_pkey; Type: CONSTRAINT; Schema: public; Owner: app
--

ALTER TABLE ONLY public.t1
    ADD CONSTRAINT t1_pkey PRIMARY KEY (id);


--
-- Name: uses_seq uses_seq_pkey; Type: CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.uses_seq
    ADD CONSTRAINT uses_seq_pkey PRIMARY KEY (a);


--
-- Name: chi; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX chi ON public.ch USING btree (lower((c)::text)) WHERE (a > 3);


--
-- Name: mv_id_idx; Type: INDEX; Schema: public; Owner: postgres
--

CREATE INDEX mv_id_idx ON public.mv USING btree (id);


--
-- Name: t1 tr; Type: TRIGGER; Schema: public; Owner: app
--

CREATE TRIGGER tr BEFORE INSERT ON public.t1 FOR EACH ROW EXECUTE FUNCTION public.trg();


--
-- Name: ch ch_a_fkey; Type: FK CONSTRAINT; Schema: public; Owner: postgres
--

ALTER TABLE ONLY public.ch
    ADD CONSTRAINT ch_a_fkey FOREIGN KEY (a) REFERENCES public.uses_seq(a) ON DELETE CASCADE DEFERRABLE INITIALLY DEFERRED;


--
-- Name: DATABASE rich; Type: ACL; Schema: -; Owner: postgres
--

GRANT CREATE ON DATABASE rich TO app;


--
-- Name: SCHEMA "Odd Name"; Type: ACL; Schema: -; Owner: postgres
--

GRANT USAGE ON SCHEMA "Odd Name" TO app;


--
-- Name: SCHEMA public; Type: ACL; Schema: -; Owner: pg_database_owner
--

GRANT CREATE ON SCHEMA public TO app;


--
-- Name: FUNCTION f2(a integer, OUT b integer, OUT c text); Type: ACL; Schema: public; Owner: postgres
--

REVOKE ALL ON FUNCTION public.f2(a integer, OUT b integer, OUT c text) FROM PUBLIC;
GRANT ALL ON FUNCTION public.f2(a integer, OUT b integer, OUT c text) TO app;


--
-- Name: TABLE t1; Type: ACL; Schema: public; Owner: app
--

REVOKE ALL ON TABLE public.t1 FROM app;
GRANT INSERT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE public.t1 TO app;
GRANT SELECT ON TABLE public.t1 TO app WITH GRANT OPTION;
GRANT ALL ON TABLE public.t1 TO PUBLIC;


--
-- Name: COLUMN t1.b; Type: ACL; Schema: public; Owner: app
--

GRANT SELECT(b),UPDATE(b) ON TABLE public.t1 TO readonly;


--
-- Name: TABLE uses_seq; Type: ACL; Schema: public; Owner: postgres
--

REVOKE ALL ON TABLE public.uses_seq FROM postgres;
GRANT SELECT,REFERENCES,DELETE,TRIGGER,TRUNCATE,UPDATE ON TABLE public.uses_seq TO postgres;


--
-- Name: LARGE OBJECT 6001; Type: ACL; Schema: -; Owner: postgres
--

GRANT SELECT ON LARGE OBJECT 6001 TO app;


--
-- Name: mv; Type: MATERIALIZED VIEW DATA; Schema: public; Owner: postgres
--

REFRESH MATERIALIZED VIEW public.mv;


--
-- PostgreSQL database dump complete
--

\unrestrict KEY

