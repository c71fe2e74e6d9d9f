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

ALTER TABLE IF EXISTS ONLY public.ch DROP CONSTRAINT IF EXISTS ch_a_fkey;
DROP TRIGGER IF EXISTS tr ON public.t1;
DROP INDEX IF EXISTS public.chi;
ALTER TABLE IF EXISTS ONLY public.t1 DROP CONSTRAINT IF EXISTS t1_pkey;
DROP SEQUENCE IF EXISTS public.s2;
DROP TABLE IF EXISTS public.ch;
DROP TABLE IF EXISTS public.t1;
SET default_tablespace = '';

SET default_table_access_method = heap;

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
-- Data for Name: ch; Type: TABLE DATA; Schema: public; Owner: postgres
--

INSERT INTO public.ch VALUES (NULL, 'q', '{1,2}', NULL, '{"a": 1}');


--
-- Data for Name: t1; Type: TABLE DATA; Schema: public; Owner: app
--

INSERT INTO public.t1 OVERRIDING SYSTEM VALUE VALUES (1, 'sad', DEFAULT, 'a\b', true, NULL);
INSERT INTO public.t1 OVERRIDING SYSTEM VALUE VALUES (2, 'ok', DEFAULT, 'tab	nl
', false, NULL);


--
-- Name: s2; Type: SEQUENCE SET; Schema: public; Owner: postgres
--

SELECT pg_catalog.setval('public.s2', -1, false);


--
-- Name: t1_id_seq; Type: SEQUENCE SET; Schema: public; Owner: app
--

SELECT pg_catalog.setval('public.t1_id_seq', 2, true);


--
-- Name: t1 t1_pkey; Type: CONSTRAINT; Schema: public; Owner: app
--

ALTER TABLE ONLY public.t1
    ADD CONSTRAINT t1_pkey PRIMARY KEY (id);


--
-- Name: chi; Type: INDEX; Schema: public; Owner: postgres
--

CREATE UNIQUE INDEX chi ON public.ch USING btree (lower((c)::text)) WHERE (a > 3);


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
-- PostgreSQL database dump complete
--

\unrestrict KEY

