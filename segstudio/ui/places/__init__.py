"""The three places: each ties one page to the sessions behind it. All that crosses between pages crosses here."""
