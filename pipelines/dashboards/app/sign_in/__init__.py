"""Who may come in, and as whom: every request carries a principal or is turned away.

`gate` decides, `local`, `proxy` and `oidc` are the three ways to prove an identity, `passwords` keeps hashes, `session`
the signed cookie, `headers` what browsers may do with the answers. Who a proven identity is, and what they see, stands
in `serving.access`.
"""

from pipelines.dashboards.app.sign_in.gate import current_principal, install_sign_in

__all__ = ["current_principal", "install_sign_in"]
