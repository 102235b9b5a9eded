select * from {{ ref('crm_subscriptions') }}
