"""Label: the tools, the classes and the canvas that masks are painted on."""
