"""AP spine DXA images and tables of attributes from files."""
