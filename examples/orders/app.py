"""The shop's CDK app: its own stack, with Tidings in it."""

from aws_cdk import App, CfnOutput, Stack
from tidings_cdk import Tidings

app = App()
stack = Stack(app, "shop")
realtime = Tidings(stack, "Realtime", stage="shop", events="events", like="dev", auth_mode="none")
CfnOutput(stack, "WebSocketUrl", value=realtime.web_socket_url)
app.synth()
