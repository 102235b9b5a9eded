-- Raw tables as the shop's systems would deliver them. Keys and rules are tested in dbt, not here.
create table raw.regions (
    region_id integer, region_name text, country_code text, country_name text
);
create table raw.districts (
    district_id integer, district_name text, region_id integer, district_manager text
);
create table raw.stores (
    store_id integer, store_code text, store_name text, district_id integer, store_type_code text,
    city text, opened_on date, closed_on date, square_feet integer
);
create table raw.warehouses (
    warehouse_id integer, warehouse_name text, region_id integer, capacity_units integer
);
create table raw.categories (
    category_id integer, category_name text, department text
);
create table raw.products (
    product_id integer, sku text, product_name text, category_id integer, color text,
    status_code text, list_price numeric(10, 2), unit_cost numeric(10, 2), launched_on date
);
create table raw.campaigns (
    campaign_id integer, campaign_name text, campaign_type_code text, starts_on date, ends_on date,
    discount_percent integer
);
create table raw.employees (
    employee_id integer, full_name text, work_email text, store_id integer, job_title text,
    manager_employee_id integer, hired_on date, left_on date, hourly_wage numeric(8, 2)
);
create table raw.customers (
    customer_id integer, first_name text, last_name text, email text, phone text, birth_date date,
    gender_code text, region_id integer, city text, loyalty_tier_code text,
    acquisition_channel_code text, is_marketing_opt_in boolean, signed_up_at timestamp
);
create table raw.subscriptions (
    subscription_id integer, customer_id integer, plan_code text, status_code text,
    monthly_fee numeric(8, 2), started_at timestamp, cancelled_at timestamp, cancel_reason text
);
create table raw.orders (
    order_id integer, customer_id integer, store_id integer, employee_id integer,
    campaign_id integer, channel_code text, status_code text, payment_method_code text,
    shipping_fee numeric(8, 2), ordered_at timestamp, shipped_at timestamp, delivered_at timestamp,
    gift_message text
);
create table raw.order_items (
    order_item_id integer, order_id integer, product_id integer, quantity integer,
    unit_price numeric(10, 2), discount_amount numeric(10, 2)
);
create table raw.returns (
    return_id integer, order_item_id integer, quantity integer, refund_amount numeric(10, 2),
    reason_code text, returned_at timestamp
);
create table raw.inventory_snapshots (
    product_id integer, warehouse_id integer, snapshot_date date, units_on_hand integer,
    units_on_order integer
);
create table raw.web_sessions (
    session_id text, customer_id integer, device_code text, traffic_source_code text,
    landing_page text, pages_viewed integer, duration_seconds integer, started_at timestamp
);
create table raw.marketing_spend (
    spend_id integer, spend_date date, channel_code text, campaign_id integer,
    spend_amount numeric(10, 2), impressions integer, clicks integer
);
create table raw.support_tickets (
    ticket_id integer, customer_id integer, order_id integer, agent_employee_id integer, topic text,
    contact_channel_code text, priority_code text, status_code text, satisfaction_score integer,
    opened_at timestamp, first_replied_at timestamp, resolved_at timestamp
);
