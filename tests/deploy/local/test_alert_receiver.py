"""The receiver of alerts in the demo: it shows what an automation sends."""

import asyncio

import httpx
from prefect.blocks.notifications import CustomWebhookNotificationBlock

from deploy.local.alert_receiver import BLOCK, run_alert_receiver


def test_an_alert_that_the_block_sends_is_shown_and_escaped(prefect_server):
    with run_alert_receiver(prefect_server.api_url) as address:
        assert "None yet" in httpx.get(address).text
        block = CustomWebhookNotificationBlock.load(BLOCK.partition("/")[2])

        sent = block.notify("Run <b>1</b> failed", subject="docverify: a run failed")
        if asyncio.iscoroutine(sent):
            asyncio.run(sent)

        shown = httpx.get(address).text
    assert "<h2>docverify: a run failed</h2>" in shown
    assert "Run &lt;b&gt;1&lt;/b&gt; failed" in shown


def test_what_is_not_an_alert_is_refused(prefect_server):
    with run_alert_receiver(prefect_server.api_url) as address:
        assert httpx.post(address, json=["x"]).status_code == 400
        assert httpx.post(address, content=b"{").status_code == 400
        assert "None yet" in httpx.get(address).text
