"""The built-in chat template, for models that bring none or one that fails: ChatML, with tools and
reasoning written as the Hermes and Qwen models do."""

from __future__ import annotations

from typing import Final

CHATML: Final = """\
{%- if tools or messages[0].role == 'system' -%}
{{ '<|im_start|>system\\n' }}
{%- if messages[0].role == 'system' -%}{{ messages[0].content }}{%- endif -%}
{%- if tools -%}
{%- if messages[0].role == 'system' -%}{{ '\\n\\n' }}{%- endif -%}
{{ '# Tools\\n\\nYou may call these functions:\\n<tools>\\n' }}
{%- for tool in tools -%}{{ (tool.function or tool) | tojson ~ '\\n' }}{%- endfor -%}
{{ '</tools>\\n\\nTo call one, answer with its name and arguments as JSON:\\n<tool_call>\\n'
 ~ '{"name": <name>, "arguments": <arguments>}\\n</tool_call>' }}
{%- endif -%}
{{ '<|im_end|>\\n' }}
{%- endif -%}
{%- for message in messages -%}
{%- if message.role == 'tool' -%}
{%- if loop.first or loop.previtem.role != 'tool' -%}{{ '<|im_start|>user' }}{%- endif -%}
{{ '\\n<tool_response>\\n' ~ message.content ~ '\\n</tool_response>' }}
{%- if loop.last or loop.nextitem.role != 'tool' -%}{{ '<|im_end|>\\n' }}{%- endif -%}
{%- elif not (loop.first and message.role == 'system') -%}
{{ '<|im_start|>' ~ message.role ~ '\\n' }}
{%- if message.reasoning_content -%}
{{ '<think>\\n' ~ message.reasoning_content ~ '\\n</think>\\n\\n' }}
{%- endif -%}
{{ message.content }}
{%- for call in message.tool_calls or [] -%}
{%- if message.content or not loop.first -%}{{ '\\n' }}{%- endif -%}
{{ '<tool_call>\\n{"name": ' ~ call.function.name | tojson ~ ', "arguments": '
 ~ call.function.arguments | tojson ~ '}\\n</tool_call>' }}
{%- endfor -%}
{{ '<|im_end|>\\n' }}
{%- endif -%}
{%- endfor -%}
{%- if add_generation_prompt -%}{{ '<|im_start|>assistant\\n' }}{%- endif -%}
"""
