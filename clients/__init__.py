"""What speaks the contracts from outside: the SDK, the web apps and the generator that makes their code."""
