"""A shop with customers, orders, service, campaigns, costs and surveys, whose truth is known.

`shop.simulate_into` fills a shop's database and a survey folder, `shop.simulate_to_folder` writes files, and
`reveal.live_one_more_day` lets a shop in a database live on. The same request makes the same data.

How it is built: `world` is what all customers share; `customers` says who they are; `lives` lets them order
and drop out, quarter by quarter, while `experiences` says what they feel; from that history follow `orders`,
`lines`, `refunds`, `departures`, `profiles`, `contacts`, `costs`, and with `invitations`, `feelings` and
`answers` the surveys. `block` puts these together for some customers at a time, which bounds the memory.
`timeline` turns events into rows as they look on a day, now or later; `sinks`, `database` and `survey_files`
write them. `truth` tells what no model may read.
"""
