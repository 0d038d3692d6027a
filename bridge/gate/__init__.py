"""Tokens across chains: routes, messages, who attests them, who carries them, who watches."""
