"""Which server a model is on, and how it is started and asked: the settings of all models here."""

from __future__ import annotations

from pydantic import AliasChoices, BaseModel, Field, SecretStr

from ..server import LlamarServer
from ..settings import LOAD_SECONDS, Launch, Remote


class ServerSettings(BaseModel):
    """Fields of a model. What they mean together is the model's, which then calls ``_take_over``."""

    model: str | None = Field(default=None, validation_alias=AliasChoices("model", "model_name"))
    base_url: str | None = Field(default=None, description="a server that runs, else LLAMAR_BASE_URL")
    api_key: SecretStr | None = Field(default=None, description="of that server, else LLAMAR_API_KEY")
    timeout: float | None = Field(default=None, description="seconds without a sign of life; None: for ever")
    max_retries: int = Field(default=2, description="how often a request is sent again that may succeed then")

    # For a server to be started:
    port: int = Field(default=0, description="where it listens; 0: any free port")
    n_ctx: int | None = Field(default=None, description="the most tokens of a prompt with its answer")
    n_gpu_layers: int | None = Field(default=None, description="how many layers it puts on the GPU")
    model_id: str | None = Field(default=None, description="the name of its chat model")
    options: tuple[str, ...] = Field(default=(), description="further arguments of llamar serve")
    start_timeout: float = Field(default=LOAD_SECONDS, description="seconds in which it must load")

    @property
    def _key(self) -> str | None:
        return self.api_key.get_secret_value() if self.api_key else None

    @property
    def _launch(self) -> Launch:
        """How a server is started; its models are not in here."""
        return Launch(None, self.port, self.n_ctx, self.n_gpu_layers, self.model_id, self.options)

    def _take_over(self, server: LlamarServer) -> None:
        """What the environment says of a server that runs becomes one's own."""
        if isinstance(server.target, Remote):
            self.base_url = server.target.base_url
            self.api_key = SecretStr(server.target.api_key) if server.target.api_key else None
