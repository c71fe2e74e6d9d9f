begin;
create role app login;
create role readonly login;
create role replication_user login replication;
commit;
TABLESPACE
create database shop;
create database hr;
\connect shop
begin;
create table customers (id integer primary key, name text not null, email text unique, city text);
insert into customers values (1, 'Anna', 'anna@example.org', 'Oslo'), (2, 'Bernd', 'bernd@example.org', 'Bonn'),
  (3, 'Chloe', 'chloe@example.org', 'Lyon'), (4, 'Dmitri', 'dmitri@example.org', null), (5, 'Eve', 'eve@example.org', 'Rome');
create table orders (id integer primary key, customer_id integer not null references customers (id), placed date not null,
  amount numeric(10,2) check (amount >= 0));
alter table orders alter amount set not null;
insert into orders values (1, 1, '2024-01-05', 10), (2, 1, '2024-01-06', 25.5), (3, 2, '2024-01-07', 99.99),
  (4, 3, '2024-02-01', 5), (5, 3, '2024-02-02', 15), (6, 4, '2024-02-03', 7.25), (7, 5, '2024-03-01', 120), (8, 5, '2024-03-02', 60);
create index orders_customer_idx on orders (customer_id);
create schema audit;
create table audit.log (id serial primary key, what text, at date);
insert into audit.log (what, at) values ('created', '2024-01-01'), ('loaded', '2024-01-02');
create sequence invoice_seq start 1000;
select nextval('invoice_seq');
create view order_totals as select customer_id, sum(amount) as total from orders group by customer_id;
create function order_total(cid integer) returns numeric language sql stable as
  'SELECT sum(amount) FROM public.orders WHERE customer_id = cid';
select lo_from_bytea(5000, 'hello large object');
grant select, insert, update, delete on customers, orders to app;
grant select on customers to readonly;
grant usage on sequence invoice_seq to app;
EVENTS
commit;
\connect hr
begin;
create table departments (id integer primary key, name text);
insert into departments values (1, 'Sales'), (2, 'IT');
create table employees (id integer primary key, name text, dept integer references departments (id));
insert into employees values (1, 'Fay', 1), (2, 'Gus', 2), (3, 'Hal', 2);
commit;
checkpoint;
