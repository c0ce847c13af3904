-- A silent rate of 1.0, or last month's, once turned a currency's fall into an AM's bonus: without a rate nothing is published.
select distinct problem || '. Drop the newest ECB history (or an fx_rates file with that day) into the inbox.' as message
from {{ ref('int_fx_rates') }}
where problem is not null
